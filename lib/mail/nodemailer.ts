// The package that mails are composed and sent by: a host that sends none, or by a transport of its own, need not install it.

import type * as Nodemailer from 'nodemailer';
import { optionalPackage } from '../support/optional-package.js';

/** @throws Error that says what to install */
export const nodemailer = (): typeof Nodemailer => optionalPackage('nodemailer', 'Sending mail', '10');
