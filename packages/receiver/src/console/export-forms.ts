/** Forms that export a case, or all that is stored about its subject, as a file for the lead. Flow: case-page → here → export-routes. Spec: docs/design/receiver.md#exports */
import { html } from 'hono/html';
import type { CaseSummary } from '../cases/list-cases.ts';
import { isReportable } from '../exports/export-case.ts';
import { EXPORT_FORMATS, FORMAT_NAMES } from '../exports/formats.ts';
import { hidden } from './frame.ts';
import type { Html, Visit } from './visit.ts';

export function exportForms(visit: Visit, shown: CaseSummary): Html {
  return html`<section aria-labelledby="export">
    <h2 id="export">Files</h2>
    <div class="acts">${isReportable(shown.state) ? caseForm(visit, shown) : ''} ${subjectForm(visit, shown)}</div>
  </section>`;
}

function caseForm({ session }: Visit, { caseNo }: CaseSummary): Html {
  return html`<details class="card">
    <summary>Export this case</summary>
    <form class="stack" method="post" action="/cases/${caseNo}/export">
      ${hidden(session)}
      <p>Your browser saves a file. Nothing is sent, and the record has that you exported.</p>
      <label
        >Format
        <select name="format">
          ${FORMAT_NAMES.map((name) => html`<option value="${name}">${name}: ${EXPORT_FORMATS[name].what}</option>`)}
        </select></label
      >
      ${field('Service', 'service')} ${field('First name of who reports', 'firstName')}
      ${field('Last name of who reports', 'lastName')} ${field('E-mail of who reports', 'email', 'email')}
      <label
        >Representative in the Union <small>For eu-centre, if you have one.</small>
        <input name="legalRepresentative" maxlength="300" autocomplete="off"
      /></label>
      <label
        >Account <small>As your own systems name it, if you found it under your procedure.</small>
        <input name="account" maxlength="300" autocomplete="off"
      /></label>
      <label
        >Kind
        <select name="kind">
          <option value="test">a test, and marked as one</option>
          <option value="real">a real report</option>
        </select></label
      >
      <p><button class="primary">Save the file</button></p>
    </form>
  </details>`;
}

function field(title: string, name: string, type = 'text'): Html {
  return html`<label
    >${title}<input name="${name}" type="${type}" required maxlength="300" autocomplete="off"
  /></label>`;
}

function subjectForm({ session }: Visit, { caseNo }: CaseSummary): Html {
  return html`<details class="card">
    <summary>Export what is stored about the subject</summary>
    <form class="stack" method="post" action="/cases/${caseNo}/subject">
      ${hidden(session)}
      <p>
        For the person who asks for their data: all cases, signals, notes and contests of this pseudonym, as JSON. The
        record has that you exported, and not whom.
      </p>
      <p><button class="primary">Save the file</button></p>
    </form>
  </details>`;
}
