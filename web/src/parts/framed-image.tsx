// A picture from the server as large as its frame allows: nothing moves when it arrives, and something is said where it cannot be shown.
import { type CSSProperties, useState } from 'react';
import { FrameNote } from './frame-note.tsx';

interface FramedImageProps {
  src: string;
  alt: string;
  /** In pixels, where it is known: then its place is kept before it arrives. */
  width?: number | null | undefined;
  height?: number | null | undefined;
  /** Whether it comes up slowly, as a print does in its bath. */
  develop?: boolean;
  /** Loads at once, where it is what the reader came for. */
  eager?: boolean;
}

export function FramedImage({ src, alt, width, height, develop = false, eager = false }: FramedImageProps) {
  const [state, setState] = useState<'loading' | 'shown' | 'broken'>('loading');

  if (state === 'broken') return <FrameNote icon="image">No preview</FrameNote>;
  const known = width && height ? ({ '--ratio': width / height } as CSSProperties) : undefined;
  return (
    <span className="@container-size absolute inset-0 grid place-items-center">
      <span
        className={`grid place-items-center ${known ? 'in-frame checker' : 'size-full'} ${state === 'loading' ? 'animate-wait' : ''}`}
        style={known}
      >
        <img
          src={src}
          alt={alt}
          loading={eager ? 'eager' : 'lazy'}
          decoding="async"
          draggable={false}
          onLoad={() => setState('shown')}
          onError={() => setState('broken')}
          className={`size-full object-contain ${state === 'loading' ? 'opacity-0' : develop ? 'animate-develop' : ''}`}
        />
      </span>
    </span>
  );
}
