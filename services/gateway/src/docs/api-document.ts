/** The API's description: `/openapi.json`, and as a page at `/docs`. */
import { readFileSync } from 'node:fs';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { answerSchemas } from './schemas.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup('docs', app, describeApi(app), {
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
    .setDescription('Hand in one long computation; it is split, spread over every worker, counted exactly once, watched live, and answered once. Live updates also come over the WebSocket at /ws.')
    .setVersion(version)
    .build();
  const document = SwaggerModule.createDocument(app, about);
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ...(answerSchemas() as NonNullable<OpenAPIObject['components']>['schemas']) } };
  return document;
}
