/**
 * The form for a kind's parameters, from its JSON Schema.
 *
 * The validator interprets the schema; one that compiles it (ajv) needs `eval`, which the content security policy refuses.
 */
import { Validator, type ValidationResult } from '@cfworker/json-schema';
import { theme } from '@sjsf/basic-theme';
import { createFormValidator } from '@sjsf/cfworker-validator';
import { createForm, getValueSnapshot, setValue, type FormState, type Schema } from '@sjsf/form';
import { createFormIdBuilder } from '@sjsf/form/id-builders/modern';
import { createFormMerger } from '@sjsf/form/mergers/modern';
import { resolver as basicResolver } from '@sjsf/form/resolvers/basic';
import { translation } from '@sjsf/form/translations/en';
import { formSchemaOf, formValueOf, paramsOf, type Params } from './params-schema.ts';
import { plainProblem } from './plain-problem.ts';

/** Says in plain words what the validator says in those of JSON Schema. */
class PlainValidator extends Validator {
  override validate(instance: unknown): ValidationResult {
    const { valid, errors } = super.validate(instance);
    return { valid, errors: errors.map((unit) => ({ ...unit, error: plainProblem(unit.keyword, unit.error) })) };
  }
}

/** The library's field for whole numbers drops what is none, and what was pasted snaps back without a word; the one for numbers keeps it. */
const resolver: typeof basicResolver = (context) => {
  const fieldOf = basicResolver(context);
  return (config) => {
    const field = fieldOf(config);
    return field === 'integerField' ? 'numberField' : field;
  };
};

export interface ParamsForm {
  form: FormState<Params>;
  /** Fills the form in. */
  take(params: Params): void;
  /** What the form holds now. */
  current(): Params;
}

/** Call while a component initialises. `submit` gets parameters that fit the schema. */
export function createParamsForm(kindSchema: Params, initial: Params, submit: (params: Params) => void): ParamsForm {
  const fitted = formSchemaOf(kindSchema);
  const form = createForm<Params>({
    theme,
    schema: fitted.schema as Schema,
    initialValue: formValueOf(initial, fitted),
    resolver,
    translation,
    idPrefix: 'params',
    idBuilder: createFormIdBuilder,
    merger: createFormMerger,
    validator: createFormValidator<Params>({ factory: (each) => new PlainValidator(each as never, '2020-12', false) }),
    uiSchema: { 'ui:options': { hideTitle: true } },
    onSubmit: (value) => submit(paramsOf(value, fitted)),
  });
  return {
    form,
    take: (params) => setValue(form, formValueOf(params, fitted)),
    current: () => paramsOf((getValueSnapshot(form) ?? {}) as Params, fitted),
  };
}
