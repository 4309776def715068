import type { Ceiling, CeilingStats } from '../../model/index.js';
import { ceilingName } from './limits-words.js';

/** A ceiling as JSON, the same in every format. */
export function ceilingJson(ceiling: CeilingStats): object {
  return {
    id: ceiling.id,
    title: ceilingName(ceiling),
    scope: scopeJson(ceiling),
    used: ceiling.used,
    limit: ceiling.limit,
    share: ceiling.share,
    growthPerSec: ceiling.growthPerSec,
    fullInSec: ceiling.fullInSec,
  };
}

function scopeJson({ scope }: Ceiling): object {
  switch (scope.kind) {
    case 'node':
      return { kind: 'node' };
    case 'netns':
      return { kind: 'netns', netns: scope.netns };
    case 'process':
      return { kind: 'process', pid: scope.process.pid, comm: scope.process.comm };
    case 'ports':
      return { kind: 'ports', ...scope.ports };
    case 'listener':
      return {
        kind: 'listener',
        netns: scope.listener.netns,
        address: scope.listener.address,
        port: scope.listener.port,
        owner: scope.listener.owner,
      };
  }
}
