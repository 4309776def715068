import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Names that tell a reader nothing, or only whoever wrote them. */
const UNTELLING_NAMES = [
  'one',
  'ones',
  'told',
  'kept',
  'hushed',
  'mend',
  'mends',
  'mended',
  'strangers',
  'fruitless',
];

/** What changes the file system. */
const WRITERS = [
  ...[
    'appendFile',
    'chmod',
    'chown',
    'copyFile',
    'link',
    'mkdir',
    'mkdtemp',
    'rename',
    'rm',
    'rmdir',
    'symlink',
  ],
  ...['truncate', 'unlink', 'write', 'writeFile'],
].flatMap((name) => [name, `${name}Sync`]);

const SHELLS = [
  { name: 'node:child_process', importNames: ['exec', 'execSync'], message: 'Starts a shell.' },
  { name: 'execa', importNames: ['execaCommand', 'execaCommandSync'], message: 'Splits a string.' },
];

const WRITING = ['node:fs', 'node:fs/promises'].map((name) => ({
  name,
  importNames: [...WRITERS, 'createWriteStream'],
  message: 'Only src/apply, src/capture and the writer of reports write files.',
}));

export default defineConfig(
  { ignores: ['**/dist/**', 'coverage/**', '.cache/**', '.dependency-cruiser.cjs'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: ['eslint.config.js'],
          defaultProject: 'tsconfig.json',
        },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    // Names come from outside: no program is started through a shell.
    files: ['src/**/*.ts', 'tui/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { paths: [...SHELLS, ...WRITING] }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'Property[key.name="shell"]:not([value.value=false])',
          message: 'Starts a shell.',
        },
        {
          selector: 'CallExpression > Literal.arguments:first-child[value=/^(\\u002fbin\\u002f)?(ba)?sh$/]',
          message: 'Starts a shell.',
        },
      ],
    },
  },
  {
    // A host in trouble is changed in few places, which are easy to review.
    files: [
      'src/apply/**/*.ts',
      'src/capture/**/*.ts',
      'src/commands/screen/report-file.ts',
      // Of its own network namespace.
      'src/prove/load/sysctls.ts',
    ],
    rules: { 'no-restricted-imports': ['error', { paths: SHELLS }] },
  },
  {
    files: ['src/**/*.ts', 'tui/**/*.ts'],
    rules: {
      'id-denylist': ['error', ...UNTELLING_NAMES],
      'max-lines-per-function': ['error', { max: 120, skipBlankLines: true, skipComments: true }],
    },
  },
);
