using System.CommandLine;
using Predictive.Cli.Terminal;
using Predictive.Learning;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive engines</c>: what this build can learn with.</summary>
internal static class EnginesVerb
{
    public static Command Create(VerbContext context)
    {
        Option<bool> json = CommonOptions.Json();
        var command = new Command("engines", "List the learning engines of this build.") { json };
        return command.Does(context, (parsed, _) =>
        {
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(Engines.All.Select(e => new { e.Name, e.Version, Learners = e.Learners }));
                return ExitCode.Done;
            }

            Table table = UserConsole.NewTable("engine", "version", "learners");
            foreach (ILearningEngine engine in Engines.All)
            {
                table.AddRow(Markup.Escape(engine.Name), Markup.Escape(engine.Version), string.Join(", ", engine.Learners));
            }

            context.Console.Write(table);
            if (!Engines.All.Any(e => e.Name == LearningEngines.MLNet))
            {
                context.Console.Line($"not in this build: {LearningEngines.MLNet}; to have it: {LearningEngines.GetMLNet}");
            }

            return ExitCode.Done;
        });
    }
}
