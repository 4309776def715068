// Writes a capture as fast as it can, one tick after another, until it is killed.
import { openCaptureWriter } from '../../../src/capture/index.js';
import { HEADER, kernel, tick } from '../../scenarios/stream.js';

const [path = ''] = process.argv.slice(2);
const writer = openCaptureWriter(path, HEADER, false);
let second = 0;

function go(): void {
  writer.write(kernel(second * 1000, { 'nf_conntrack.found': second, 'softnet.dropped': second % 3 }));
  writer.write(tick(second * 1000));
  second += 1;
  setImmediate(go);
}
go();
