import { ReduceDataOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as ChartBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
/** The hosts that are chosen at the top. */
const HOSTS = 'job=~"$job",instance=~"$instance"';
const SUBJECT = '{{instance}} {{ceiling}} {{subject}} {{netns}}';

/** The dashboard of `ctdiag exporter`, for Grafana to import. */
export function createDashboard(): object {
  // Its successor, dashboardv2, can be imported by Grafana 12 and newer only.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  return new DashboardBuilder('ctdiag: what stops new connections')
    .uid('ctdiag')
    .description(
      'The limits of all hosts, nearest first, and what refuses connections now. Made by npm run pages.',
    )
    .tags(['ctdiag', 'network'])
    .readonly()
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(hostVariable('job', 'Job', 'label_values(ctdiag_build_info, job)'))
    .withVariable(hostVariable('instance', 'Host', 'label_values(ctdiag_build_info{job=~"$job"}, instance)'))
    .withRow(new RowBuilder('Now'))
    .withPanel(
      count(
        'Hosts that refuse connections',
        `ctdiag_finding{severity="critical",caused_by="",${HOSTS}}`,
        'red',
      ),
    )
    .withPanel(count('Hosts with a warning', `ctdiag_verdict{status="warning",${HOSTS}} == 1`, 'orange'))
    .withPanel(
      count('Hosts of which nothing is known', `ctdiag_verdict{status="unknown",${HOSTS}} == 1`, 'orange'),
    )
    .withPanel(count('Hosts watched', `ctdiag_build_info{${HOSTS}}`, null))
    .withPanel(findings())
    .withRow(new RowBuilder('Limits'))
    .withPanel(nearest())
    .withPanel(
      chart('Time until full', 's')
        .description('Of limits that are reached within an hour at the growth of the last ten seconds.')
        .withTarget(
          query(`ctdiag_ceiling_full_seconds{ceiling!="accept-queue",${HOSTS}}`).legendFormat(SUBJECT),
        ),
    )
    .withRow(new RowBuilder('Refused'))
    .withPanel(
      chart('Refused per second, by cause', 'reqps')
        .description('Two sources of one cause count the same events.')
        .withTarget(
          query(
            `sum by (cause, source) (rate(ctdiag_refused_total{${HOSTS}}[$__rate_interval]))`,
          ).legendFormat('{{cause}} ({{source}})'),
        ),
    )
    .withPanel(
      chart('Refused per second, by host', 'reqps')
        .description("As the kernel's counters tell it.")
        .withTarget(
          query(
            `sum by (instance) (rate(ctdiag_refused_total{source="kernel",${HOSTS}}[$__rate_interval]))`,
          ).legendFormat('{{instance}}'),
        ),
    )
    .withRow(new RowBuilder('ctdiag itself'))
    .withPanel(
      chart('Probes', 'short').withTarget(
        query(`sum by (state) (ctdiag_probes{${HOSTS}})`).legendFormat('{{state}}'),
      ),
    )
    .withPanel(
      chart('Age of the newest sample', 's').withTarget(
        query(`time() - ctdiag_last_sample_timestamp_seconds{${HOSTS}}`).legendFormat('{{instance}}'),
      ),
    )
    .withPanel(
      chart('Lost records per second', 'short').withTarget(
        query(
          `sum by (instance, where) (rate(ctdiag_records_lost_total{${HOSTS}}[$__rate_interval]))`,
        ).legendFormat('{{instance}} {{where}}'),
      ),
    )
    .withPanel(
      chart('Blind spots', 'short')
        .description(
          'What could not be read and may hide a refusal: ctdiag doctor on the host says how to fix it.',
        )
        .withTarget(
          query(`sum by (instance, kind) (ctdiag_blind_spots{${HOSTS}})`).legendFormat(
            '{{instance}} {{kind}}',
          ),
        ),
    )
    .build();
}

function hostVariable(name: string, label: string, values: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(values)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: 'All', value: '$__all' })
    .allValue('.*');
}

/** How many hosts have a series; coloured from the first on. */
function count(title: string, series: string, color: string | null): StatBuilder {
  const steps = [{ value: null, color: 'green' }, ...(color === null ? [] : [{ value: 1, color }])];
  return new StatBuilder()
    .title(title)
    .datasource(DATASOURCE)
    .height(4)
    .span(6)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps))
    .withTarget(query(`count(count by (instance) (${series})) or vector(0)`).instant());
}

function findings(): TableBuilder {
  return table('Findings', ['instance', 'code', 'subject', 'netns', 'severity', 'caused_by', 'Value'], {
    Value: 'confidence',
    caused_by: 'caused by',
    instance: 'host',
    netns: 'namespace',
  })
    .unit('percentunit')
    .span(24)
    .withTarget(query(`ctdiag_finding_confidence{${HOSTS}}`).format(PromQueryFormat.Table).instant());
}

function nearest(): TableBuilder {
  return table('Nearest limits', ['instance', 'ceiling', 'subject', 'netns', 'Value'], {
    Value: 'used',
    instance: 'host',
    netns: 'namespace',
  })
    .unit('percentunit')
    .span(12)
    .withTarget(
      query(`sort_desc(topk(50, ctdiag_ceiling_used{${HOSTS}} / ctdiag_ceiling_limit))`)
        .format(PromQueryFormat.Table)
        .instant(),
    );
}

/** A table of these columns, some under another name. */
function table(
  title: string,
  columns: readonly string[],
  names: Readonly<Record<string, string>>,
): TableBuilder {
  return new TableBuilder()
    .title(title)
    .datasource(DATASOURCE)
    .height(9)
    .withTransformation({ id: 'filterFieldsByName', options: { include: { names: columns } } })
    .withTransformation({
      id: 'organize',
      options: {
        indexByName: Object.fromEntries(columns.map((column, index) => [column, index])),
        renameByName: names,
      },
    });
}

function chart(title: string, unit: string): ChartBuilder {
  return new ChartBuilder().title(title).datasource(DATASOURCE).unit(unit).min(0).height(9).span(12);
}

function query(expr: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(DATASOURCE).expr(expr);
}
