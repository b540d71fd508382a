// A small link that saves a file.
import { Icon } from '../../parts/icon.tsx';

interface DownloadLinkProps {
  href: string;
  label: string;
  /** What the file is called; the server says it where left out. */
  name?: string;
}

export function DownloadLink({ href, label, name = '' }: DownloadLinkProps) {
  return (
    <a
      href={href}
      download={name}
      aria-label={label}
      title={label}
      className="grid size-10 shrink-0 place-items-center rounded-lg text-soft transition-colors hover:bg-raised hover:text-ink"
    >
      <Icon name="download" className="size-5" />
    </a>
  );
}
