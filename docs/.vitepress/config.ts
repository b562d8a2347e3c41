/** The documentation site. Its pages are gathered by packages/tools/src/docs/site.ts, which also has the sections. */
import path from 'node:path';
import { apiModules, pagesOf } from '@lodestone/tools/docs/site';
import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';

const root = path.join(import.meta.dirname, '../..');
const sections = pagesOf(root).map(({ text, pages }) => ({
  text,
  items: pages.map(({ page, title }) => ({ text: title, link: `/${page.replace(/(index)?\.md$/, '')}` })),
}));
const api = apiModules(root).map((name) => ({ text: name, link: `/reference/api/${name}` }));
sections.find(({ text }) => text === 'Reference')?.items.push(...api);
const first = (name: string): string => sections.find(({ text }) => text === name)?.items[0]?.link ?? '/';

/** Words, and whole names such as `no-order`, `root.json` and `ERR_NETWORK`, which would be parts only. Runs in the page too, so it uses nothing else. */
function termsOf(text: string): string[] {
  return [...text.split(/[\n\r\p{Z}\p{P}]+/u), ...(text.match(/[\p{L}\p{N}]+(?:[-._][\p{L}\p{N}]+)+/gu) ?? [])];
}

export default defineConfig({
  title: 'Lodestone',
  description:
    'Checks pictures, videos and files on the user’s own device, against signed lists, while a signed order is in effect.',
  lang: 'en',
  srcDir: '../.cache/site',
  cacheDir: '../.cache/vitepress',
  cleanUrls: true,
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    anchor: { slugify: slug }, // as GitHub's, which the link check knows
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config(md) {
      // Indented code is shown like fenced code, which scrolls by itself and can be copied.
      md.renderer.rules.code_block = (tokens, i, options, env, self) => {
        const token = tokens[i];
        if (token) token.info = 'text';
        return md.renderer.rules.fence?.(tokens, i, options, env, self) ?? '';
      };
    },
  },
  vite: {
    resolve: {
      alias: [{ find: /^.*\/VPHome\.vue$/, replacement: path.join(import.meta.dirname, 'theme/Home.vue') }],
    },
  },
  themeConfig: {
    search: { provider: 'local', options: { miniSearch: { options: { tokenize: termsOf } } } },
    outline: [2, 3],
    nav: ['Start', 'Integrate', 'Provide', 'Audit', 'Reference'].map((text) => ({ text, link: first(text) })),
    sidebar: sections,
    footer: { message: 'Apache-2.0. All data in this project is benign and invented.' },
  },
});
