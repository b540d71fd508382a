// What stands in a frame that has no picture to show.
import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

interface FrameNoteProps {
  icon: IconName;
  /** Whether it is bad news. */
  bad?: boolean;
  children: ReactNode;
}

export function FrameNote({ icon, bad = false, children }: FrameNoteProps) {
  return (
    <span
      className={`absolute inset-0 grid place-content-center justify-items-center gap-1.5 overflow-hidden p-3 text-center text-xs ${bad ? 'bg-badground font-medium text-bad' : 'text-soft'}`}
    >
      <Icon name={icon} className="size-6" />
      {children}
    </span>
  );
}
