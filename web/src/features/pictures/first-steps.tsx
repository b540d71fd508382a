// What to do when there is no picture yet: three ways to hand one in.
import type { ReactNode } from 'react';
import type { Pipeline } from '../../api/types.ts';
import { CopyLine } from '../../parts/copy-line.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ChooseButton } from '../upload/choose-button.tsx';
import { offerFiles } from '../upload/inbox.ts';

interface FirstStepsProps {
  pipeline: Pipeline | undefined;
  /** Where S3 tools find the store; where it is not known, their keys' environment says it. */
  endpoint: string | undefined;
}

export function FirstSteps({ pipeline, endpoint }: FirstStepsProps) {
  const bucket = pipeline?.source.bucket ?? 'pictures';
  const prefix = pipeline?.source.prefix ?? '';
  return (
    <section className="grid animate-arrive overflow-hidden rounded-2xl border border-line bg-surface lg:grid-cols-[5fr_4fr]">
      <div className="m-3 grid place-content-center justify-items-center rounded-xl border-2 border-dashed border-line px-6 py-14 text-center sm:py-20">
        <Frames />
        <h2 className="mt-7 text-2xl font-semibold tracking-tight text-balance">Drop your first pictures here</h2>
        <p className="mt-2 max-w-sm text-soft text-balance">
          Or paste one, or choose them. Each appears below at once, and its renditions beside it as soon as they are made.
        </p>
        <div className="mt-6">
          <ChooseButton label="Choose pictures" look="primary" multiple onFiles={offerFiles} />
        </div>
      </div>
      <div className="flex min-w-0 flex-col justify-center gap-6 border-line p-6 max-lg:border-t sm:p-8 lg:border-s">
        <Way title="With Pixmill’s command line">
          <CopyLine
            text={`npx pixmill put photo.jpg --bucket ${bucket}${prefix && ` --prefix ${prefix}`}`}
            label="the Pixmill command"
          />
        </Way>
        <Way title="With any S3 tool">
          <CopyLine
            text={`eval "$(npx pixmill env)"\naws s3 cp photo.jpg s3://${bucket}/${prefix}${endpoint === undefined ? '' : ` --endpoint-url ${endpoint}`}`}
            label="the S3 command"
          />
          <p className="mt-2 text-sm text-soft">The first line hands the tool its keys.</p>
        </Way>
        <Way title="Only looking?">
          <p className="text-soft">
            <a href="#try" className="font-medium text-lit underline underline-offset-4 hover:text-ink">
              Try a recipe on a picture
            </a>{' '}
            and nothing is stored.
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

/** A large frame becoming small ones. */
function Frames() {
  return (
    <div className="flex items-end gap-3 text-soft" aria-hidden="true">
      <span className="grid h-20 w-28 place-items-center rounded-lg border border-line bg-mat shadow-lift">
        <Icon name="image" className="size-9" />
      </span>
      <Icon name="right" className="mb-8 size-5 rtl:rotate-180" />
      <span className="grid h-12 w-16 place-items-center rounded-md border border-light bg-mat text-lit shadow-lift">
        <Icon name="image" className="size-6" />
      </span>
      <span className="grid size-9 place-items-center rounded-md border border-light bg-mat text-lit shadow-lift">
        <Icon name="image" className="size-4" />
      </span>
    </div>
  );
}
