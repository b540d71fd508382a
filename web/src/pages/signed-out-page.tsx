// What everybody sees who is not signed in: nothing of the pictures, and how to get in.
import { useQueryClient } from '@tanstack/react-query';
import { sessionQuery } from '../api/queries.ts';
import { CopyLine } from '../parts/copy-line.tsx';
import { Logo } from '../parts/logo.tsx';

export function SignedOutPage() {
  const client = useQueryClient();
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="w-full max-w-md animate-arrive rounded-2xl border border-line bg-surface p-8 shadow-lift sm:p-10">
        <Logo className="size-10" />
        <h1 className="mt-6 text-2xl font-semibold tracking-tight text-balance">Open your sign-in link</h1>
        <p className="mt-2 text-soft">
          Pixmill printed a link when it first started. It works once, for one browser. For a new one, run this on the machine
          where Pixmill runs, and open what it prints:
        </p>
        <div className="mt-5">
          <CopyLine text="npx pixmill token link" label="the command that makes a sign-in link" />
        </div>
        <p className="mt-5 text-sm text-soft">
          Opened the link in another tab?{' '}
          <button
            type="button"
            onClick={() => client.invalidateQueries({ queryKey: sessionQuery.queryKey })}
            className="font-medium text-lit underline underline-offset-4 hover:text-ink"
          >
            Look again
          </button>
        </p>
      </div>
    </main>
  );
}
