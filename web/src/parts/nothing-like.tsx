// What stands where a filter leaves nothing of a list.
import { enter } from '../shell/route.ts';

export function NothingLike({ what }: { what: string }) {
  return (
    <p className="py-20 text-center text-soft">
      No {what} is like that.{' '}
      <button
        type="button"
        onClick={() => enter(location.pathname)}
        className="font-medium text-lit underline underline-offset-4 hover:text-ink"
      >
        Show all
      </button>
    </p>
  );
}
