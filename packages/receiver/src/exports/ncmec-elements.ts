/**
 * The elements of a report to NCMEC's CyberTipline, in the order that its server demands: it refuses any other with
 * response code 4100. Written from its public documentation and from ROOST Coop's reporting code, not from the XSD:
 * compare with `GET /xsd` before the first real report. Flow: ordered-xml ← ncmec-report. Spec: docs/design/receiver.md#exports
 */
import type { XmlElement } from './ordered-xml.ts';

const text = (...names: readonly string[]): XmlElement[] => names.map((name) => ({ name }));
const required = (name: string): XmlElement => ({ name, isRequired: true });

const PERSON: readonly XmlElement[] = text('firstName', 'lastName', 'email');

const ACCOUNT: readonly XmlElement[] = [
  ...text('espIdentifier', 'espService', 'screenName'),
  { name: 'displayName', isRepeated: true },
  { name: 'profileUrl', isRepeated: true },
  { name: 'priorCTReports', isRepeated: true },
  ...text('groupIdentifier', 'additionalInfo'),
];

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
      children: [
        { name: 'chatImIncident', children: text('chatClient', 'chatRoomName', 'content', 'additionalInfo') },
        { name: 'webPageIncident', children: text('url', 'additionalInfo', 'thirdPartyHostedContent') },
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
    { name: 'personOrUserReported', children: ACCOUNT },
    { name: 'additionalInfo' },
  ],
};
