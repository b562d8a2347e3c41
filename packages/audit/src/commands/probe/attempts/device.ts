/** Clipboard, notifications and devices. Flow: here → attempts.ts. Spec: docs/design/audit.md#probe */
import { type Attempt, attemptGroup } from './attempt.ts';

const { keep } = attemptGroup('The device');

export const device: readonly Attempt[] = [
  keep('both', 'clipboard', "return navigator.clipboard.writeText('probe')"),
  keep(
    'window',
    'clipboard by execCommand',
    "const t = append('textarea', {}); t.value = 'probe'; t.select(); if (!document.execCommand('copy')) throw new Error('refused')",
  ),
  keep(
    'both',
    'notification',
    "if (Notification.permission !== 'granted') throw new Error(Notification.permission); new Notification('probe', { icon: at.http })",
  ),
  keep(
    'window',
    'print',
    "const n = performance.now(); print(); throw new Error('returned after ' + Math.round(performance.now() - n) + ' ms, as a sandbox without allow-modals does')",
    { noControl: true },
  ),
  keep('window', 'protocol handler', "navigator.registerProtocolHandler('web+probe', at.http + '/?%s')"),
  keep('window', 'share', "return navigator.share({ text: 'probe', url: at.http })"),
  keep('window', 'camera and microphone', 'return navigator.mediaDevices.getUserMedia({ audio: true })'),
  keep(
    'window',
    'location of the device',
    'return new Promise((yes, no) => navigator.geolocation.getCurrentPosition(yes, no))',
  ),
  keep(
    'both',
    'USB, HID, serial',
    "for (const n of ['usb', 'hid', 'serial']) if (navigator[n]) return await (navigator[n].getDevices ?? navigator[n].getPorts).call(navigator[n]).then((d) => { if (d.length === 0) throw new Error('none is granted') }); throw new ReferenceError('not there')",
  ),
];
