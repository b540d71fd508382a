// What to do when nothing was heard yet: three ways to send an event.
import type { ReactNode } from 'react';
import type { Pipeline } from '../../api/types.ts';
import { CopyLine } from '../../parts/copy-line.tsx';

export function FirstEvents({ pipeline }: { pipeline: Pipeline | undefined }) {
  const bucket = pipeline?.source.bucket ?? 'pictures';
  const key = `${pipeline?.source.prefix ?? ''}photo.jpg`;
  const send = (path: string, body: string) =>
    `curl -X POST ${location.origin}${path} -H "authorization: Bearer $TOKEN"${body && ` \\\n  -d '${body}'`}`;
  return (
    <section className="mt-5 animate-arrive rounded-2xl border border-line bg-surface p-6 sm:p-8">
      <h2 className="text-xl font-semibold tracking-tight text-balance">Nothing was heard yet</h2>
      <p className="mt-1 text-soft">Here are three ways to send an event. It appears here by itself.</p>
      <div className="mt-6 grid gap-6 lg:grid-cols-3">
        <Way title="Put a picture into the built-in store">
          <CopyLine text={`npx pixmill put photo.jpg --bucket ${bucket}`} label="the command that puts a picture" />
          <p className="mt-2 text-sm text-soft">The store tells Pixmill of each object itself.</p>
        </Way>
        <Way title="Let another store tell of its objects">
          <CopyLine
            text={`TOKEN=$(npx pixmill token create my-store --hook)\n${send('/hooks/events', JSON.stringify({ bucket, key }))}`}
            label="the commands that send an event"
          />
          <p className="mt-2 text-sm text-soft">S3, MinIO, Ceph, IBM COS, Google, Azure and any CloudEvent are understood.</p>
        </Way>
        <Way title="Let a timer go off">
          <CopyLine text={send('/events/cron', '')} label="the command that sends a timer" />
          <p className="mt-2 text-sm text-soft">
            It has the source of every pipeline looked through; the token is that of the second way.
          </p>
        </Way>
      </div>
    </section>
  );
}

function Way({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <h3 className="mb-2 font-semibold">{title}</h3>
      {children}
    </div>
  );
}
