// A link within the page: followed without loading everything anew, unless it is opened elsewhere.
import type { ComponentProps } from 'react';
import { enter } from './route.ts';

export function Link({ href, ...rest }: ComponentProps<'a'> & { href: string }) {
  return (
    <a
      href={href}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        enter(href);
        scrollTo(0, 0);
      }}
      {...rest}
    />
  );
}
