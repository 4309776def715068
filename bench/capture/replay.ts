export { openCaptureReader } from '../../src/capture/index.js';
export { setHeapForJumps } from '../../src/playback/heap.js';
export { createSession } from '../../src/playback/session.js';
