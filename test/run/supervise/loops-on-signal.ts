/** Loaded into processes of fedns (node --import): at SIGUSR2 the event loop of one never turns again. */
process.on("SIGUSR2", () => {
  for (;;);
});
