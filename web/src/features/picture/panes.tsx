// Panes side by side.
import type { ReactNode } from 'react';

export function Panes({ children }: { children: ReactNode }) {
  return (
    <div className="grid grid-cols-2 gap-x-3 gap-y-4 sm:grid-cols-[repeat(auto-fit,minmax(min(20rem,45%),1fr))] sm:gap-x-6 sm:gap-y-8">
      {children}
    </div>
  );
}
