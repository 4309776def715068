import type { ElapsedMs, Netns } from '../../records/index.js';
import type { HostView } from '../host-view.js';
import { readOnce } from '../kernel/proc-file.js';
import type { Source } from '../source.js';
import { createLooks } from './looks.js';
import type { Looks } from './looks.js';
import { inNamespace } from '../tools/run-tool.js';
import { toolFailure } from '../tools/tool-failure.js';
import { mostWaiting, parseUnixListener } from './unix-queues.js';
import type { UnixQueue } from './unix-queues.js';

/** The file of our own namespace is read this often, while connections wait more often; of the others one at each poll. */
const READ_MS = { waiting: 2000, calm: 10_000 };
/** Fewer connections wait for a moment at any busy socket. */
const WORTH_WAITING = 4;
/** Between two runs of ss in a namespace. */
const TOOL_MS = 5000;
/** A file that is longer, of ten thousand sockets and more, is read once a minute. */
const LONG_CHARS = 1_000_000;
const LONG_MS = 60_000;

interface Place {
  lookedMs: ElapsedMs | null;
  /** Its file is long. */
  restUntilMs: ElapsedMs;
  /** Whether its queue has been told, and so must be told again when it is empty. */
  isPublished: boolean;
}

/** Queues of unix listeners: a file tells that connections wait, and only then ss(8) is asked of how many may. */
export function openUnixSource(options: {
  readonly procRoot: string;
  readonly view: HostView;
}): Source & Pick<Looks, 'settled'> {
  const { procRoot, view } = options;
  const looks = createLooks();
  const { tools } = looks;
  const places = new Map<Netns, Place>();
  let ownMs: ElapsedMs | null = null;
  let ownWaits = false;
  let next = 0;
  let polled = false;
  let failure: string | null = null;

  function placeOf(netns: Netns): Place {
    let place = places.get(netns);
    if (place === undefined) {
      place = { lookedMs: null, restUntilMs: 0, isPublished: false };
      places.set(netns, place);
    }
    return place;
  }

  function publish(netns: Netns, queue: UnixQueue | null): void {
    view.addFigures(netns, {
      'unix.accept_queue': queue?.waiting ?? 0,
      ...(queue === null ? {} : { 'unix.backlog': queue.backlog }),
    });
  }

  async function look(netns: Netns, file: string | null): Promise<void> {
    let fullest: UnixQueue | null = null;
    const end = await tools.run(inNamespace(file, ['ss', '-H', '-x', '-l', '-n']), (line) => {
      const queue = parseUnixListener(line);
      if (queue !== null && (fullest === null || share(queue) > share(fullest))) fullest = queue;
    });
    failure = toolFailure('ss', end);
    if (failure !== null) return;
    placeOf(netns).isPublished = true;
    publish(netns, fullest);
  }

  /** Whether connections wait there; what waits is looked at when it is time for it. */
  function read(netns: Netns, net: string, file: string | null, elapsedMs: ElapsedMs): boolean {
    const place = placeOf(netns);
    if (elapsedMs < place.restUntilMs) return false;
    const unix = readOnce(`${procRoot}/${net}/unix`);
    if ('why' in unix) return false;
    if (unix.text.length > LONG_CHARS) place.restUntilMs = elapsedMs + LONG_MS;
    if (mostWaiting(unix.text) < WORTH_WAITING) {
      if (place.isPublished) publish(netns, null);
      place.isPublished = false;
      return false;
    }
    if (looks.isFree && (place.lookedMs === null || elapsedMs - place.lookedMs >= TOOL_MS)) {
      place.lookedMs = elapsedMs;
      looks.start(() => look(netns, file));
    }
    return true;
  }

  function readNextOther(elapsedMs: ElapsedMs): void {
    const others = view.namespaces.filter(({ pid }) => pid !== null);
    const other = others[next % Math.max(1, others.length)];
    next += 1;
    if (other?.pid != null) read(other.netns, `${other.pid}/net`, other.file, elapsedMs);
  }

  return {
    unreadable: [],
    get unread() {
      // Only where connections wait is ss asked: a queue that may be full is no all-clear.
      return failure === null
        ? []
        : [{ kind: 'listeners', count: null, names: ['unix sockets'], why: failure } as const];
    },
    poll(elapsedMs) {
      // Not before the first frame is out: a person waits for it.
      if (!polled) {
        polled = true;
        return [];
      }
      if (ownMs === null || elapsedMs - ownMs >= (ownWaits ? READ_MS.waiting : READ_MS.calm)) {
        ownMs = elapsedMs;
        ownWaits = read(view.own, 'net', null, elapsedMs);
      } else readNextOther(elapsedMs);
      return [];
    },
    stop: () => looks.stop(),
    settled: () => looks.settled(),
    kill: () => looks.kill(),
  };
}

function share({ waiting, backlog }: UnixQueue): number {
  return waiting / Math.max(1, backlog);
}
