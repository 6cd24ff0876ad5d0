import { Catch, type ExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';

/**
 * Lets what a handler throws reach the transport as it is, because the kind of error decides what happens to the delivery. Nest's own
 * filter replaces every error by "Internal server error".
 */
@Catch()
export class ErrorsUntouched implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
