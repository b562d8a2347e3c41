/** The sections of the report that people wrote. Flow: page → here. Spec: docs/provide/report.md#statement */
import type { MeasureDecision, ReportStatement, RiskLevel } from '@lodestone/protocol/report-statement';
import type { TransparencyReport } from '@lodestone/protocol/transparency-report';
import { html } from 'hono/html';
import type { Html } from '../../console/visit.ts';
import { card, facts, section } from './parts.ts';

const TONES: Readonly<Record<RiskLevel, string>> = { negligible: 'clear', low: 'clear', medium: 'ask', high: 'stop' };
const level = (value: RiskLevel): Html => html`<span class="badge ${TONES[value]}">${value}</span>`;

const DECISIONS: Readonly<Record<MeasureDecision, Html>> = {
  adopted: html`<span class="badge clear">adopted</span>`,
  adapted: html`<span class="badge ask">adapted</span>`,
  'not-adopted': html`<span class="badge">not adopted</span>`,
};

export function serviceSection({ service, provider }: ReportStatement): Html {
  return section(
    'service',
    'The service',
    html`<p>${service.description}</p>
      ${facts([
        ['Provider', provider.name],
        ['Contact', provider.contact],
        ...(provider.legalRepresentative === undefined
          ? []
          : [['Legal representative in the Union', provider.legalRepresentative] as const]),
        ['Users', service.users],
        ['End-to-end encrypted', service.endToEndEncrypted ? 'yes' : 'no'],
      ])}
      ${card(
        'Facts that matter for the risks',
        [['Fact'], ['Where to check it']],
        service.facts.map(
          ({ fact, where }) =>
            html`<tr>
              <td>${fact}</td>
              <td><code>${where}</code></td>
            </tr>`,
        ),
      )}`,
  );
}

export function riskSection({ assessment }: ReportStatement): Html {
  return section(
    'risks',
    'Risk assessment',
    html`<p>Assessed on ${assessment.day}. ${assessment.method}</p>
      ${card(
        'Likelihood and impact of each kind of harm',
        [['Harm'], ['Likelihood'], ['Impact'], ['Reasons']],
        assessment.harms.map(
          ({ harm, likelihood, impact, reasons }) =>
            html`<tr>
              <th scope="row">${harm}</th>
              <td>${level(likelihood)}</td>
              <td>${level(impact)}</td>
              <td class="wide">${reasons}</td>
            </tr>`,
        ),
      )}
      <h3>What makes a new assessment necessary</h3>
      <ul>
        ${assessment.triggers.map((trigger) => html`<li>${trigger}</li>`)}
      </ul>`,
  );
}

export function measureSection({ measures, technologies }: ReportStatement): Html {
  return section(
    'measures',
    'Measures',
    html`${card(
        'Measures that were adopted, adapted or not adopted',
        [['Measure'], ['Decision'], ['Reasons']],
        measures.map(
          ({ measure, decision, reasons }) =>
            html`<tr>
              <th scope="row">${measure}</th>
              <td>${DECISIONS[decision]}</td>
              <td class="wide">${reasons}</td>
            </tr>`,
        ),
      )}
      <h3>Why these technologies</h3>
      <p>${technologies}</p>`,
  );
}

export function orderSection({ orders, year }: TransparencyReport): Html {
  const legal = {
    order: 'order of an authority or court',
    consent: 'consent of the user',
    'provider-policy': 'policy of the provider',
  };
  return section(
    'orders',
    'Orders in force',
    html`<p>Orders that were in force in ${year}, in their newest version. Without an order, nothing is checked.</p>
      ${orders.length === 0 ? html`<p class="card empty">None.</p>` : ''}
      ${orders.map(
        (order) =>
          html`<article class="card pad">
            <h3>${order.source}:${order.orderId}</h3>
            <dl class="facts">
              ${(
                [
                  ['Basis', legal[order.basis]],
                  ['Instrument', `${order.instrument} (${order.jurisdiction})`],
                  ['Issued by', [order.authority, order.court].filter((name) => name !== undefined).join(', ')],
                  ['Reference', order.reference],
                  ['In force', `${order.notBefore.slice(0, 10)} to ${order.endsAt.slice(0, 10)}`],
                  ['Surfaces', order.surfaces.join(', ')],
                  ['Sends signals', order.signals ? 'yes' : 'no: it acts on the device alone'],
                  ['End-to-end encrypted', order.endToEndEncrypted ? 'yes' : 'no'],
                ] as const
              ).map(
                ([term, value]) =>
                  html`<div>
                    <dt>${term}</dt>
                    <dd>${value}</dd>
                  </div>`,
              )}
            </dl>
            <p class="soft">
              Lists and models: ${order.detects.map((name, i) => html`${i === 0 ? '' : ', '}<code>${name}</code>`)}
            </p>
          </article>`,
      )}`,
  );
}

export function signOffSection({ signOff }: ReportStatement): Html {
  return section(
    'sign-off',
    'Sign-off',
    html`<p>
        <strong>${signOff.name}</strong>, ${signOff.role}, answers for this report and signed it on ${signOff.day}.
      </p>
      <p class="signature">Signature</p>`,
  );
}
