/** Peer connections (WebRTC). Flow: here → attempts.ts. Spec: docs/design/audit.md#probe */
import { type Attempt, attemptGroup } from './attempt.ts';

const { reach } = attemptGroup('Peer connections');

export const peerConnections: readonly Attempt[] = [
  reach(
    'both',
    'WebRTC, STUN by UDP',
    "const p = new RTCPeerConnection({ iceServers: [{ urls: 'stun:' + at.host + ':' + at.port }] }); p.createDataChannel('x'); await p.setLocalDescription(await p.createOffer()); return noResult()",
  ),
  reach(
    'both',
    'WebRTC, STUN by name',
    "const p = new RTCPeerConnection({ iceServers: [{ urls: 'stun:' + at.name + ':' + at.port }] }); p.createDataChannel('x'); await p.setLocalDescription(await p.createOffer()); return noResult()",
  ),
  reach(
    'both',
    'WebRTC, TURN by TCP',
    "const p = new RTCPeerConnection({ iceServers: [{ urls: 'turn:' + at.host + ':' + at.port + '?transport=tcp', username: 'x', credential: 'x' }] }); p.createDataChannel('x'); await p.setLocalDescription(await p.createOffer()); return noResult()",
  ),
  reach(
    'window',
    'WebRTC, data channel to a peer',
    "const p = new RTCPeerConnection(); p.createDataChannel('x'); const o = await p.createOffer(); await p.setLocalDescription(o); const u = 'abcd', w = 'abcdefghijklmnopqrstuvwxyz'; await p.setRemoteDescription({ type: 'answer', sdp: o.sdp.replace(/a=ice-ufrag:.*/, 'a=ice-ufrag:' + u).replace(/a=ice-pwd:.*/, 'a=ice-pwd:' + w).replace('a=setup:actpass', 'a=setup:active').replace(/a=candidate.*\\r\\n/g, '') }); await p.addIceCandidate({ candidate: 'candidate:1 1 UDP 2122252543 ' + at.host + ' ' + at.port + ' typ host', sdpMid: '0', sdpMLineIndex: 0 }); return noResult()",
  ),
];
