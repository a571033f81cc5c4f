using Predictive.Cli;

// The table of contents is CommandLineApp: one verb per file under Verbs/.
// Somebody is there to be asked where what is asked can be seen and what is typed comes from a keyboard.
TextReader? answers = Console.IsInputRedirected || Console.IsErrorRedirected ? null : Console.In;
return await new CommandLineApp(Console.Out, Console.Error, TimeProvider.System, answers).RunAsync(args);
