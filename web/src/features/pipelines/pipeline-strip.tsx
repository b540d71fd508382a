// The declared pipelines side by side.
import type { Pipeline } from '../../api/types.ts';
import { PipelinePanel } from './pipeline-panel.tsx';

interface PipelineStripProps {
  pipelines: Pipeline[];
  /** The page shows no button that starts a run. */
  hideButton: boolean;
}

export function PipelineStrip({ pipelines, hideButton }: PipelineStripProps) {
  if (pipelines.length === 0) return null;
  return (
    <ul aria-label="Pipelines" className="grid gap-3 sm:grid-cols-[repeat(auto-fit,minmax(min(22rem,100%),1fr))]">
      {pipelines.map((pipeline) => (
        <PipelinePanel key={pipeline.name} pipeline={pipeline} hideButton={hideButton} />
      ))}
    </ul>
  );
}
