/** The bodies of the routes of accounts. */
import { limits, ROLES } from '@manyhands/proto';
import { z } from 'zod';
import { Field, OpenField } from '../contract/field.ts';

/** What no address has: characters that are not seen, or that turn the text around them, would make two addresses look alike in the list of accounts. */
const notInAddress = String.raw`\s@\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff`;
/** One `@` with something before and behind it; whether mail arrives there is not asked. */
const email = z
  .string()
  .max(limits.emailCharsMax)
  .regex(new RegExp(`^[^${notInAddress}]+@[^${notInAddress}]+$`), 'must be an address for mail, like anna@example.org');
const newPassword = z.string().min(limits.passwordCharsMin).max(limits.passwordCharsMax);
const givenPassword = z.string().max(limits.passwordCharsMax);

export class RegisterBody {
  @Field(email, { required: true, example: 'anna@example.org' })
  email!: string;

  @Field(newPassword, { required: true, example: 'correct horse battery staple' })
  password!: string;
}

export class LoginBody {
  @Field(z.string().max(limits.emailCharsMax), { required: true, example: 'anna@example.org' })
  email!: string;

  @Field(givenPassword, { required: true, example: 'correct horse battery staple' })
  password!: string;
}

export class PasswordBody {
  @Field(givenPassword, { description: 'Left out where the account has none.', example: 'correct horse battery staple' })
  old_password?: string;

  @Field(newPassword, { required: true, example: 'four other words in a row' })
  new_password!: string;

  @Field(email, {
    description: 'Needed for an account without an address: the one it signs in with from now on.',
    example: 'anna@example.org',
  })
  email?: string;
}

export class LinkBody {
  @Field(z.string().max(100), {
    required: true,
    description: 'What stands behind `#link=` in the address.',
    example: 'JkqY0cZ3rHqR7mQmF2pX9uQv1sB8tL4wE6yN5aD3gKo',
  })
  token!: string;
}

export class KeyBody {
  @Field(z.string().max(limits.keyNameCharsMax), { required: true, description: 'To recognize it.', example: 'nightly report' })
  name!: string;

  @OpenField({
    type: 'array',
    items: { type: 'string', enum: ['read', 'write', 'admin'] },
    description: 'What it is good for; unless set, `read` and `write`. `admin` is of use to administrators only.',
    example: ['read'],
  })
  scopes?: unknown;

  @Field(z.iso.datetime({ offset: true, error: 'must be a time like 2027-01-31T06:30:00Z' }), {
    description: `When it ends by itself, at most ${limits.keyDaysMax} days ahead. Unless set: never.`,
    example: '2027-01-31T06:30:00Z',
  })
  expires_at?: string;
}

export class RoleBody {
  @Field(z.enum(ROLES), { required: true, example: 'admin' })
  role!: string;
}
