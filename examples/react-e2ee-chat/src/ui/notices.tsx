/** What the person must be told: announced orders, signals with their receipt, lists that grew, models that were replaced. */
import type { Notice, OrderStatus } from '@lodestone/client';
import { useGuard, useGuardStatus } from '@lodestone/client/react';
import { inLanguage } from '../guard/sentences.ts';
import { focusComposer } from './composer.tsx';
import { Icon } from './icon.tsx';

export function Notices() {
  const guard = useGuard();
  const { orders, notices } = useGuardStatus();
  const announced = orders.filter(({ state }) => state === 'announced');
  if (announced.length + notices.length === 0) return null;
  return (
    <div className="notices">
      {announced.map(({ orderDigest, order, effectiveFrom }) => (
        <Banner
          key={orderDigest}
          heading="Files will be checked on this device"
          text={`${inLanguage(order.summary)} Checks start when you confirm, and no later than ${new Date(effectiveFrom).toLocaleDateString()}.`}
          answer="I have read this"
          confirm={() => void guard.acknowledgeOrder(orderDigest)}
        />
      ))}
      {notices.map((notice) => (
        <Banner
          key={notice.id}
          {...wordsOf(notice, orders)}
          answer="Understood"
          confirm={() => void guard.acknowledgeNotice(notice.id)}
        />
      ))}
    </div>
  );
}

function wordsOf(notice: Notice, orders: readonly OrderStatus[]): { heading: string; text: string } {
  switch (notice.kind) {
    case 'signal': {
      const order = orders.find(({ orderDigest }) => orderDigest === notice.orderDigest)?.order;
      const sent = notice.delivery === 'sent';
      return {
        heading: sent ? 'A match was signalled' : 'A match may have been signalled',
        text: `A file that you tried to send was a match. ${order?.service.name ?? 'The provider'} ${sent ? 'received' : 'may have received'} an encrypted signal of 256 bytes, with no picture and no message in it.${notice.receipt === undefined ? '' : ` Receipt: ${notice.receipt}`}`,
      };
    }
    case 'list-grew':
      return {
        heading: 'A list grew',
        text: `It had ${notice.from.records} records, and has ${notice.to.records} now.`,
      };
    case 'model-replaced':
      return { heading: 'A model was replaced', text: 'It may find other pictures than the one before.' };
  }
}

interface BannerProps {
  heading: string;
  text: string;
  answer: string;
  confirm(): void;
}

function Banner({ heading, text, answer, confirm }: BannerProps) {
  return (
    <section className="banner" aria-label={heading}>
      <Icon name="news" />
      <div>
        <h2>{heading}</h2>
        <p>{text}</p>
      </div>
      <button
        type="button"
        onClick={() => {
          confirm();
          focusComposer();
        }}
      >
        {answer}
      </button>
    </section>
  );
}
