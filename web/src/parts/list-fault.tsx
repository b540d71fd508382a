// What stands where a list would be that could not be had.
import { Button } from './button.tsx';

export function ListFault({ fault, onRetry }: { fault: string; onRetry: () => void }) {
  return (
    <div role="alert" className="grid justify-items-center gap-4 py-20 text-center">
      <p>{fault}</p>
      <Button icon="retry" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}
