import { readFileSync, writeFileSync } from 'node:fs';
import { renewed } from './plan-page/page.js';

const page = new URL('../docs/plan.md', import.meta.url);
writeFileSync(page, renewed(readFileSync(page, 'utf8')));
