/** Checks every import of packages, models and examples by the table of borders: a lint rule for oxlint (ESLint's plugin form). */
import { placeOf, refusal } from './borders.ts';

interface Context {
  readonly filename: string;
  report(problem: { node: unknown; message: string }): void;
}

interface Specifier {
  readonly type: string;
  readonly importKind?: string;
  readonly exportKind?: string;
  readonly imported?: { readonly name?: string; readonly value?: string };
  readonly local: { readonly name?: string; readonly value?: string };
}

interface ImportOrExport {
  readonly type: string;
  readonly importKind?: string;
  readonly exportKind?: string;
  readonly source: { readonly type: string; readonly value?: unknown } | null;
  readonly specifiers?: readonly Specifier[];
}

const imports = {
  create(context: Context) {
    const place = placeOf(context.filename);
    if (place === undefined) return {};
    const report = (node: ImportOrExport) => {
      if (node.source === null) return;
      const specifier = typeof node.source.value === 'string' ? node.source.value : undefined;
      const message = refusal(place, { specifier, names: namesOf(node) });
      if (message !== undefined) context.report({ node, message });
    };
    return {
      ImportDeclaration: report,
      ExportNamedDeclaration: report,
      ExportAllDeclaration: report,
      ImportExpression: report,
    };
  },
};

function namesOf(node: ImportOrExport): string[] {
  if (node.importKind === 'type' || node.exportKind === 'type') return [];
  if (node.specifiers === undefined) return ['*'];
  return node.specifiers.filter((one) => one.importKind !== 'type' && one.exportKind !== 'type').map(nameOf);
}

function nameOf({ type, imported, local }: Specifier): string {
  if (type === 'ImportNamespaceSpecifier') return '*';
  if (type === 'ImportDefaultSpecifier') return 'default';
  const name = imported ?? local;
  return name.name ?? name.value ?? '*';
}

export default { meta: { name: 'borders' }, rules: { imports } };
