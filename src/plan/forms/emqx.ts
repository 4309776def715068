import type { Plan } from '../plan.js';
import { emqxSettings } from '../sizing/emqx.js';
import { profileOf } from '../profiles.js';
import { headOf } from './head.js';

/** Where the systemd drop-in looks for EMQX's environment. */
export const EMQX_ENVIRONMENT_FILE = '/etc/emqx/ctdiag.env';

/**
 * EMQX's environment (an EnvironmentFile of its unit, or `docker --env-file`), and the same limits for Helm, the
 * operator and other brokers on Erlang as comments. What equals the default is left out.
 */
export function emqxForm(plan: Plan): string {
  const { target, host, memoryBytes, cpus } = plan;
  // Against the defaults: what runs may have been set by this very file.
  const basis = { target, host: { ...host, servers: [] }, memoryBytes, cpus, profile: profileOf('emqx') };
  const settings = emqxSettings(basis);
  const needed = (name: string): string => settings.find((setting) => setting.name === name)?.needed ?? '';
  const variables = settings
    .filter(({ action }) => action !== 'enough')
    .map((setting) => [environmentName(setting.name), setting.needed ?? ''] as const);
  const ports = needed('node.max_ports');
  // Twice max_ports where EMQX derives it.
  const processes = needed('node.process_limit') || String(2 * Number(ports));
  return [
    ...headOf(plan, EMQX_ENVIRONMENT_FILE, 'emqx'),
    '# The unit reads it by the EnvironmentFile of --format systemd. At each start the environment overrides what was',
    '# set in the dashboard.',
    ...(target.emqxVersion == null
      ? [
          '# EMQX 5.1.1 to 6.2 ignore NODE__PROCESS_LIMIT: it is 2 x NODE__MAX_PORTS there. --emqx 5.8 says the version.',
        ]
      : []),
    ...(variables.length === 0 ? ["# Nothing to set: EMQX's defaults are enough."] : []),
    ...variables.map(([name, value]) => `${name}=${value}`),
    '',
    ...(variables.length === 0 ? [] : [...helmLines(variables), ...operatorLines(variables)]),
    ...otherBrokerLines(ports, processes),
    '',
  ].join('\n');
}

type Variables = readonly (readonly [name: string, value: string])[];

function helmLines(variables: Variables): string[] {
  return [
    '# The same for the Helm charts emqx and emqx-enterprise (values.yaml):',
    '# emqxConfig:',
    ...variables.map(([name, value]) => `#   ${name}: "${value}"`),
    '',
  ];
}

/** By the environment: spec.config is applied to a running node, and these take effect at its start. */
function operatorLines(variables: Variables): string[] {
  return [
    '# The same for the EMQX operator (apps.emqx.io/v2beta1, kind EMQX); replicantTemplate likewise, where there is one:',
    '# spec:',
    '#   coreTemplate:',
    '#     spec:',
    '#       env:',
    ...variables.map(([name, value]) => `#         - {name: ${name}, value: "${value}"}`),
    '',
  ];
}

function otherBrokerLines(ports: string, processes: string): string[] {
  return [
    '# The same limits for other brokers on Erlang:',
    `# VerneMQ, vernemq.conf: erlang.max_ports = ${ports}`,
    `#                        erlang.process_limit = ${processes}`,
    `#   in its container: DOCKER_VERNEMQ_ERLANG__MAX_PORTS=${ports}`,
    `#                     DOCKER_VERNEMQ_ERLANG__PROCESS_LIMIT=${processes}`,
    `# RabbitMQ, environment: RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+P ${processes} +Q ${ports}"`,
    `# vm.args: +P ${processes} +Q ${ports}`,
  ];
}

/** `node.max_ports` as EMQX_NODE__MAX_PORTS: two underscores for a dot. */
function environmentName(name: string): string {
  return `EMQX_${name.replaceAll('.', '__').toUpperCase()}`;
}
