// The one client of the page; the browser adds the session's cookie.
import { createPixmill } from '../../../sdk/client.ts';

export const pixmill = createPixmill({ url: location.origin });

export { answer } from '../../../sdk/client.ts';
