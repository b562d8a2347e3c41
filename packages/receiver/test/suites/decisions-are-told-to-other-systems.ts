/** Decisions are signed lines; what a lead asks of other systems is sent to them alone, and withdrawn when the decision is overturned. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toHex } from '@lodestone/protocol/bytes';
import { type CaseEvent, parseCaseEvent } from '@lodestone/protocol/case-event';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { deliverCallbacks } from '../../src/callbacks/deliver.ts';
import { verifyCallback } from '../../src/callbacks/sign.ts';
import { requestForCase } from '../../src/cases/request.ts';
import { type EventLine, exportEvents, readEventLine } from '../../src/events/events.ts';
import { reviewOf } from '../support/review.ts';
import { NOON, type World } from '../support/world.ts';

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

export function decisionsAreToldToOtherSystems(the: () => World): void {
  const { db, token, act, isRefused, newCase, addPeople } = reviewOf(the);
  /** What each address received. */
  const received: [path: string, event: CaseEvent][] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const headers = new Headers(request.headers as Record<string, string>);
      if (verifyCallback(SECRET, headers, body.toString(), NOON))
        received.push([request.url ?? '', parseCaseEvent(body)]);
      response.writeHead(204).end();
    });
  });
  beforeAll(async () => {
    await addPeople();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    received.length = 0;
    await db().deleteFrom('callbacks').execute();
  });
  const target = (path: string) => ({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    secret: SECRET,
  });
  const deliver = (targets = { preserve: target('/preserve'), takedown: target('/takedown') }) =>
    deliverCallbacks({ db: db(), targets, now: () => NOON, log: pino({ level: 'silent' }) });
  const confirm = async (caseNo: number): Promise<void> => {
    for (const name of ['ada', 'bo'] as const) {
      await act(name, 'take', caseNo);
      await act(name, 'confirm', caseNo);
    }
  };
  const events = (since: number, name: 'lea' | 'ada' = 'lea') =>
    exportEvents(db(), token(name), { since, secret: SECRET }, NOON);
  const lastSeq = async (): Promise<number> => (JSON.parse((await events(-1)).at(-1) ?? '{"seq":-1}') as EventLine).seq;

  test('each decision is one signed line, in order, and the last number is where the next call begins', async () => {
    const start = await lastSeq();
    const [confirmed, dismissed] = [await newCase([81, 82]), await newCase([83, 84])];
    await confirm(confirmed.caseNo);
    await act('ada', 'take', dismissed.caseNo);
    await act('ada', 'dismiss', dismissed.caseNo, { reason: 'not-enough', text: 'One clip.' });
    const lines = await events(start);
    const order = { source: 'orders', orderId: 'pseudonym' };
    const timestamp: unknown = expect.any(String); // of the record, whose times never go back
    expect(lines.map((line) => readEventLine(SECRET, line))).toEqual([
      {
        type: 'case.confirmed',
        timestamp,
        data: { case: confirmed.caseNo, pseudonym: toHex(confirmed.subject.pseudonym), order },
      },
      {
        type: 'case.dismissed',
        timestamp,
        data: { case: dismissed.caseNo, pseudonym: toHex(dismissed.subject.pseudonym), order, reason: 'not-enough' },
      },
    ]);
    expect(await events(await lastSeq())).toEqual([]);
    await the().receiver.erase(toHex(confirmed.subject.pseudonym), token('lea'));
    const [erased = ''] = await events(start);
    expect(readEventLine(SECRET, erased)).toMatchObject({ data: { pseudonym: null, order: null } });
    await expect(events(start, 'ada')).rejects.toMatchObject(isRefused('export is for a lead'));
  });

  test('a line that was changed, or signed with another secret, is refused', async () => {
    const { caseNo } = await newCase([85, 86]);
    await confirm(caseNo);
    const line = (await events(-1)).at(-1) ?? '';
    const other = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    for (const [secret, changed] of [
      [other, line],
      [SECRET, line.replace('case.confirmed', 'case.dismissed')],
      [SECRET, line.replace('evt_', 'evt_1')],
    ] as const)
      expect(() => readEventLine(secret, changed)).toThrow(/signature of the event/);
  });

  test('a request goes to its own address once, and an overturned decision withdraws it', async () => {
    const { caseNo, subject } = await newCase([87, 88]);
    const ask = (action: 'preserve' | 'takedown', name: 'lea' | 'ada' = 'lea') =>
      requestForCase(db(), token(name), { caseNo, action }, NOON);
    await expect(ask('preserve')).rejects.toMatchObject(isRefused('preserve is only for one that is confirmed'));
    await confirm(caseNo);
    await expect(ask('preserve', 'ada')).rejects.toMatchObject(isRefused('preserve is for a lead'));
    await ask('preserve');
    await expect(ask('preserve')).rejects.toMatchObject(isRefused('was asked for case'));
    expect(await deliver({ takedown: target('/takedown') } as never)).toBe(0);
    expect(await deliver()).toBe(1);
    await ask('takedown');
    await act('lea', 'contest', caseNo, { text: 'Another account.' });
    await act('cy', 'overturn', caseNo, { reason: 'account-misused', text: 'Another account.' });
    await expect(ask('takedown')).rejects.toMatchObject(isRefused('is overturned'));
    expect(await deliver()).toBe(3);
    const data = {
      case: caseNo,
      pseudonym: toHex(subject.pseudonym),
      order: { source: 'orders', orderId: 'pseudonym' },
    };
    expect(received.map(([path, event]) => `${path} ${event.type}`).sort()).toEqual([
      '/preserve case.preserve',
      '/preserve case.withdrawn',
      '/takedown case.takedown',
      '/takedown case.withdrawn',
    ]);
    for (const [, event] of received) expect(event.data).toEqual(data);
  });
}
