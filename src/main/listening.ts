// Opens a port, with a fault that names it where that cannot be done.
import { Fault } from '../domain/fault.ts';

/** @param variable the variable of the environment that sets the port */
export async function listening<Result>(variable: string, port: number, listen: () => Promise<Result>): Promise<Result> {
  try {
    return await listen();
  } catch (error) {
    // The built-in store wraps what its socket said.
    const { code } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new Fault('conflict', `port ${port} is in use`, {
        cause: error,
        mend: `set ${variable} to another port, or 0 for any`,
      });
    }
    if (code === 'EACCES') {
      throw new Fault('denied', `port ${port} may not be opened`, { cause: error, mend: `set ${variable} to a port above 1023` });
    }
    throw error;
  }
}
