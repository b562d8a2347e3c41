/**
 * The elements of a report to NCMEC's CyberTipline, in the order that its server demands: it refuses any other with
 * response code 4100. Written from its public documentation and from ROOST Coop's reporting code, not from the XSD:
 * compare with `GET /xsd` before the first real report. Flow: ordered-xml ← ncmec. Spec: docs/design/receiver.md#exports
 */
import type { XmlElement } from '../ordered-xml.ts';

const text = (...names: readonly string[]): XmlElement[] => names.map((name) => ({ name }));
const required = (name: string): XmlElement => ({ name, isRequired: true });

const PERSON: readonly XmlElement[] = text('firstName', 'lastName', 'email');

const repeated = (name: string, children?: readonly XmlElement[]): XmlElement =>
  children ? { name, isRepeated: true, children } : { name, isRepeated: true };

const IP_EVENT = repeated('ipCaptureEvent', [
  required('ipAddress'),
  ...text('eventName', 'dateTime', 'possibleProxy', 'port'),
]);
const ADDRESS = text('address', 'city', 'zipCode', 'state', 'nonUsaState', 'country');

/** Where it happened: each `internetDetails` has one of these. */
export const INCIDENTS = [
  'webPageIncident',
  'emailIncident',
  'newsgroupIncident',
  'chatImIncident',
  'onlineGamingIncident',
  'cellPhoneIncident',
  'nonInternetIncident',
  'peer2peerIncident',
] as const;
export type Incident = (typeof INCIDENTS)[number];

const INCIDENT_ELEMENTS: Readonly<Record<Incident, readonly XmlElement[]>> = {
  webPageIncident: text('url', 'additionalInfo', 'thirdPartyHostedContent'),
  emailIncident: [repeated('emailAddress'), ...text('content', 'additionalInfo')],
  newsgroupIncident: [...text('name'), repeated('emailAddress'), ...text('content', 'additionalInfo')],
  chatImIncident: text('chatClient', 'chatRoomName', 'content', 'additionalInfo'),
  onlineGamingIncident: text('gameName', 'console', 'content', 'additionalInfo'),
  cellPhoneIncident: text('phoneNumber', 'latitude', 'longitude', 'additionalInfo'),
  nonInternetIncident: [...text('locationName'), repeated('incidentAddress', ADDRESS), ...text('additionalInfo')],
  peer2peerIncident: [...text('client'), IP_EVENT, ...text('fileNames', 'additionalInfo')],
};

/** Of the account, before and after what differs by role. */
const WHO: readonly XmlElement[] = [
  ...text('espIdentifier', 'espService', 'screenName'),
  repeated('displayName'),
  repeated('profileUrl'),
  IP_EVENT,
  repeated('deviceId', [...text('idType', 'idValue', 'eventName', 'dateTime')]),
];
const PRIOR = repeated('priorCTReports');
const ESTIMATE: readonly XmlElement[] = [
  {
    name: 'estimatedLocation',
    children: [...text('city', 'region'), required('countryCode'), ...text('verified', 'timestamp')],
  },
  { name: 'additionalInfo' },
];
const DISABLED = text('accountTemporarilyDisabled', 'accountPermanentlyDisabled');

export const NCMEC_REPORT: XmlElement = {
  name: 'report',
  children: [
    {
      name: 'incidentSummary',
      isRequired: true,
      children: [
        required('incidentType'),
        { name: 'escalateToHighPriority' },
        required('incidentDateTime'),
        { name: 'incidentDateTimeDescription' },
      ],
    },
    {
      name: 'internetDetails',
      isRepeated: true,
      isChoice: true,
      children: INCIDENTS.map((name) => ({ name, children: INCIDENT_ELEMENTS[name] })),
    },
    {
      name: 'lawEnforcement',
      children: [
        required('agencyName'),
        { name: 'caseNumber' },
        { name: 'officerContact', isRequired: true, children: PERSON },
        ...text('reportedToLe', 'servedLegalProcessDomestic', 'servedLegalProcessInternational'),
      ],
    },
    {
      name: 'reporter',
      isRequired: true,
      children: [
        { name: 'reportingPerson', isRequired: true, children: PERSON },
        { name: 'contactPerson', children: PERSON },
        ...text('companyTemplate', 'termsOfService', 'legalURL'),
      ],
    },
    {
      name: 'personOrUserReported',
      children: [
        { name: 'personOrUserReportedPerson', children: PERSON },
        { name: 'vehicleDescription' },
        ...WHO,
        { name: 'thirdPartyUserReported' },
        PRIOR,
        { name: 'groupIdentifier' },
        ...ESTIMATE,
      ],
    },
    repeated('intendedRecipient', [
      { name: 'intendedRecipientPerson', children: PERSON },
      ...WHO,
      PRIOR,
      ...DISABLED,
      ...ESTIMATE,
    ]),
    repeated('victim', [
      { name: 'victimPerson', children: PERSON },
      ...WHO,
      { name: 'schoolName' },
      PRIOR,
      ...ESTIMATE,
    ]),
    { name: 'additionalInfo' },
  ],
};
