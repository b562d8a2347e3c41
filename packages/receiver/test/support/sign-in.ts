/** Signs in to a console as a browser does. */
export async function signIn(link: string): Promise<{ url: string; cookie: string; response: Response }> {
  const { origin, searchParams } = new URL(link);
  const response = await fetch(`${origin}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin },
    body: new URLSearchParams({ link: searchParams.get('link') ?? '' }),
  });
  const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
  return { url: `${origin}/`, cookie, response };
}
