// Required by a process that is to die of an error that nobody caught, as by a bug: SIGUSR2 throws it.
process.on('SIGUSR2', () => {
  throw new Error('the bug of the test');
});
