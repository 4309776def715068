import type { Plan } from '../plan.js';
import { emqxSettings } from '../sizing/emqx.js';
import { profileOf } from '../profiles.js';
import { headOf } from './head.js';

/**
 * EMQX's environment (an EnvironmentFile of its unit, or `docker --env-file`), and the same for Erlang's vm.args,
 * which its node.* settings win over.
 */
export function emqxForm(plan: Plan): string {
  const { target, host, memoryBytes, cpus } = plan;
  const settings = emqxSettings({ target, host, memoryBytes, cpus, profile: profileOf('emqx') });
  const of = (name: string): string => settings.find((setting) => setting.name === name)?.needed ?? '';
  return [
    ...headOf(plan, '/etc/emqx/ctdiag.env', 'emqx'),
    ...settings.map((setting) => `${environmentName(setting.name)}=${setting.needed ?? ''}`),
    '',
    '# The same limits in vm.args, for an Erlang node without EMQX:',
    `# +P ${of('node.process_limit')}`,
    `# +Q ${of('node.max_ports')}`,
    '',
  ].join('\n');
}

/** `node.max_ports` as EMQX_NODE__MAX_PORTS: two underscores for a dot. */
function environmentName(name: string): string {
  return `EMQX_${name.replaceAll('.', '__').toUpperCase()}`;
}
