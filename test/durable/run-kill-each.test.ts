import { describe } from 'vitest';
import { killedAtEach } from './run-kill-each.ts';

describe('a run that is killed at a record and gone on with by another process', () => killedAtEach());
