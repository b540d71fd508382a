// Ends the session.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, pixmill } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import { Button } from '../parts/button.tsx';

export function SignOut() {
  const client = useQueryClient();
  const signOut = useMutation({
    mutationFn: () => answer(pixmill.POST('/sign-out')),
    onSuccess: () => client.resetQueries({ queryKey: sessionQuery.queryKey }),
  });
  return (
    <Button look="ghost" busy={signOut.isPending} onClick={() => signOut.mutate()} className="-me-3">
      Sign out
    </Button>
  );
}
