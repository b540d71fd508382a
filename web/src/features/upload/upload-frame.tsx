// One picture on the upload desk: its preview, how far it is, and what one can do about it.
import { formatBytes } from '../../format/bytes.ts';
import { Bar } from '../../parts/bar.tsx';
import { Icon } from '../../parts/icon.tsx';
import { KeyText } from '../../parts/key-text.tsx';
import { Preview } from './preview.tsx';
import { phaseOf, sentOf } from './upload-progress.ts';
import type { UploadFile } from './uploader.ts';

interface UploadFrameProps {
  file: UploadFile;
  onRemove: () => void;
  onRetry: () => void;
}

export function UploadFrame({ file, onRemove, onRetry }: UploadFrameProps) {
  const phase = phaseOf(file);
  const size = file.size ?? 0;
  return (
    <li className="group relative w-36 shrink-0 animate-arrive" data-phase={phase}>
      <div data-frame="" className="relative aspect-4/3 overflow-hidden rounded-lg bg-mat">
        <Preview blob={file.data as Blob} dimmed={phase === 'sending'} />
        {phase === 'done' && (
          <span className="absolute inset-0 grid place-items-center bg-veil text-light">
            <Icon name="check" className="size-8 animate-arrive" />
            <span className="sr-only">uploaded</span>
          </span>
        )}
        {phase === 'failed' && (
          <button
            type="button"
            onClick={onRetry}
            aria-label={`Try again: ${file.name}`}
            className="absolute inset-0 grid place-content-center justify-items-center gap-1 bg-veil text-sm font-semibold text-light -outline-offset-4"
          >
            <Icon name="retry" className="size-6" />
            Try again
          </button>
        )}
        {phase === 'sending' && (
          <Bar
            label={`Uploading ${file.name}`}
            value={size > 0 ? sentOf(file) / size : undefined}
            className="absolute inset-x-2 bottom-2"
          />
        )}
      </div>
      {phase !== 'done' && (
        <button
          type="button"
          onClick={onRemove}
          aria-label={`${phase === 'sending' ? 'Cancel' : 'Remove'} ${file.name}`}
          className="absolute -end-1.5 -top-1.5 grid size-7 place-items-center rounded-full border border-line bg-surface text-soft shadow-lift hover:text-ink"
        >
          <Icon name="close" className="size-3.5" />
        </button>
      )}
      <p className="mt-1.5 truncate text-xs font-medium">
        <KeyText text={file.name} />
      </p>
      {phase === 'failed' ? (
        <p role="alert" className="text-xs text-bad">
          {file.error}
        </p>
      ) : (
        <p className="numbers truncate text-xs text-soft">{formatBytes(size)}</p>
      )}
    </li>
  );
}
