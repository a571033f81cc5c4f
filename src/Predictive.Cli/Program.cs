using Predictive.Cli;

// The table of contents is CommandLineApp: one verb per file under Verbs/.
return await new CommandLineApp(Console.Out, Console.Error, TimeProvider.System).RunAsync(args);
