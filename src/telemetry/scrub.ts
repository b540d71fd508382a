// Takes secrets out of what is logged, whatever they came in.

/** What stands before a secret is kept (`$1`); the secret is not. */
const SECRETS: readonly RegExp[] = [
  // Tokens of Pixmill, anywhere.
  /()\bpx[lsah]_[A-Za-z0-9_-]{43}\b/g,
  // Passwords in URLs.
  /(\/\/[^/@\s:"]*:)[^/@\s"]+(?=@)/g,
  // Signatures and credentials of presigned URLs.
  /([?&](?:X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token|Signature|AWSAccessKeyId|token)=)[^&\s"\\]+/gi,
  /(\bSignature=)[0-9a-f]{16,}/g,
  // Header and property values, in JSON.
  /("(?:authorization|cookie|set-cookie|password|secret|secretAccessKey|sessionToken|token)"\s*:\s*")(?:[^"\\]|\\.)+/gi,
];

/** @param line one line of JSON; it stays one */
export function scrub(line: string): string {
  return SECRETS.reduce((text, pattern) => text.replace(pattern, '$1[hidden]'), line);
}
