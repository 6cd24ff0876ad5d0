/** The API's description: `/openapi.json`, and as a page at `/reference`. The guides at `/docs` are pages of the dashboard. */
import { readFileSync } from 'node:fs';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { JobBody } from '../submit/job-body.ts';
import { jobExamples } from '../submit/job-examples.ts';
import { completeDocument } from './complete-document.ts';
import { answerSchemas } from './schemas.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup('reference', app, describeApi(app), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Manyhands API',
    swaggerOptions: { validatorUrl: null },
  });
}

export function describeApi(app: INestApplication): OpenAPIObject {
  const about = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Manyhands')
    .setDescription(
      'Submit one long computation; it is split, spread over every worker, counted exactly once, watched live, and answered once. Live updates are also sent over the WebSocket at /ws.',
    )
    .setVersion(version)
    .addServer('/', 'The gateway that serves this document.')
    .addTag('accounts', 'Signing in, API keys, and who may do what.')
    .addTag('for browsers', 'Addresses that a browser opens, not a program.')
    .addTag('jobs', 'Long computations, from their submission to their result.')
    .addTag('demo', 'A small job for visitors without an account.')
    .addTag('inputs', 'What the chunks of a job are cut from: items, files.')
    .addTag('schedules', 'Jobs in the future: once, or at every tick of a cron expression.')
    .addTag('dead letters', 'Chunks that failed on their last attempt.')
    .addTag('kinds', 'What can be computed.')
    .addTag(
      'compatible routes',
      'For scripts that were written for other task queues, and for the Batch API of OpenAI: the same jobs under other names.',
    )
    .addTag('operations', 'Figures for operators.')
    .addTag('health', 'Is the system alive, and is it ready?')
    .build();
  const document = SwaggerModule.createDocument(app, about);
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...(answerSchemas() as NonNullable<OpenAPIObject['components']>['schemas']) },
  };
  const body = document.components.schemas?.[JobBody.name] as { examples?: unknown[] };
  body.examples = Object.values(jobExamples).map(({ value }) => value);
  document.info = { ...document.info, license: { name: 'MIT', identifier: 'MIT' } as never };
  return completeDocument(document);
}
