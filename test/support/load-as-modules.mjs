// Makes mocha import() the test files: required, they would run as CommonJS, where an import that fails for users passes.

Object.defineProperty(process.features, 'require_module', { value: false });
