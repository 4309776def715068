import { expect, test } from 'vitest';
import { dropReasonsOf } from '../../../src/sources/bpftrace/system.js';

// As Debian's 6.1 and 5.10 print it, shortened.
const FORMAT_6_1 = `name: kfree_skb
	field:void * skbaddr;	offset:8;	size:8;	signed:0;
	field:enum skb_drop_reason reason;	offset:28;	size:4;	signed:0;

print fmt: "skbaddr=%p protocol=%u location=%p reason: %s", REC->skbaddr, REC->protocol, REC->location, __print_symbolic(REC->reason, { 1, "NOT_SPECIFIED" }, { 7, "NETFILTER_DROP" }, { 57, "MAX" })`;
const FORMAT_5_10 = `name: kfree_skb
print fmt: "skbaddr=%p protocol=%u location=%p", REC->skbaddr, REC->protocol, REC->location`;

test('the numbers of drop reasons are those that the running kernel names', () => {
  expect([...dropReasonsOf(FORMAT_6_1)]).toEqual([
    ['NOT_SPECIFIED', 1],
    ['NETFILTER_DROP', 7],
    ['MAX', 57],
  ]);
  expect([...dropReasonsOf(FORMAT_5_10)]).toEqual([]);
});
