import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FINDING_CODES } from '../../src/diagnose/index.js';
import { FAMILY_NAMES } from '../../src/exporter/families.js';
import { CEILING_IDS } from '../../src/model/index.js';
import { promtool } from '../promtool.js';

const RULES = fileURLToPath(new URL('../../packaging/prometheus/ctdiag.rules.yml', import.meta.url));
const CASES = fileURLToPath(new URL('ctdiag.rules.test.yml', import.meta.url));

interface RuleFile {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}
interface CaseFile {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly unknown[];
    }[];
  }[];
}

const rules = (parse(readFileSync(RULES, 'utf8')) as RuleFile).groups.flatMap((group) => group.rules);
const cases = (parse(readFileSync(CASES, 'utf8')) as CaseFile).tests.flatMap((test) => test.alert_rule_test);

/** What a matcher of `label` names, in all expressions: `code="a"`, `ceiling!~"a|b"`. */
function matched(label: string): string[] {
  return rules.flatMap(({ expr }) =>
    [...expr.matchAll(new RegExp(`${label}(?:=|!=|=~|!~)"([^"]*)"`, 'g'))].flatMap(([, value = '']) =>
      value.split('|'),
    ),
  );
}

describe('the rules', () => {
  it.skipIf(!promtool)('are ones that promtool has nothing to say against', () => {
    const { exitCode, stderr } = execaSync('promtool', ['check', 'rules', '--lint-fatal', RULES], {
      reject: false,
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it.skipIf(!promtool)('fire and stay silent as their cases say', () => {
    const { exitCode, all } = execaSync('promtool', ['test', 'rules', CASES], { reject: false, all: true });
    expect(exitCode, all).toBe(0);
  });

  it.each(rules.map(({ alert }) => alert))('%s has a case in which it fires, and another', (alert) => {
    const ofAlert = cases.filter(({ alertname }) => alertname === alert);
    expect(ofAlert.some(({ exp_alerts: fired = [] }) => fired.length > 0)).toBe(true);
    expect(ofAlert.some(({ exp_alerts: fired = [] }) => fired.length === 0)).toBe(true);
  });

  it('are all explained in docs/fleet.md, and no other', () => {
    const page = readFileSync(new URL('../../docs/fleet.md', import.meta.url), 'utf8');
    const explained = [...page.matchAll(/^\| `((?:Ctdiag|Node)\w+)`/gm)].map(([, name]) => name);
    expect(explained).toEqual(rules.map(({ alert }) => alert));
  });

  it('ask for what the exporter has', () => {
    const metrics = rules.flatMap(({ expr }) => expr.match(/\bctdiag_\w+/g) ?? []);
    expect(metrics.length).toBeGreaterThan(5);
    expect(metrics.filter((name) => !FAMILY_NAMES.some((family) => family === name))).toEqual([]);
    expect(FINDING_CODES).toEqual(expect.arrayContaining(matched('code')));
    expect(CEILING_IDS).toEqual(expect.arrayContaining(matched('ceiling')));
  });
});
