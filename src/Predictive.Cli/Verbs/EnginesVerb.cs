using System.CommandLine;
using Predictive.Cli.Terminal;
using Predictive.Learning;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive engines</c>: what there is to learn with on this machine.</summary>
internal static class EnginesVerb
{
    public static Command Create(VerbContext context)
    {
        Option<bool> json = CommonOptions.Json();
        var command = new Command("engines", "List the learning engines and their trainers.") { json };
        return command.Does(context, (parsed, _) =>
        {
            ILearningEngine[] all = [.. Engines.Names.Select(n => Engines.Get(n))];
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(
                    all.Select(e => new { e.Name, e.Version, Trainers = e.Trainers.Select(t => new { t.Name, t.Learner, t.Objectives }) }));
                return ExitCode.Done;
            }

            Table table = UserConsole.NewTable("engine", "version", "trainer", "learner", "minimises");
            foreach (ILearningEngine engine in all)
            {
                foreach (EngineTrainer trainer in engine.Trainers)
                {
                    table.AddRow(
                        engine.Name, engine.Version, trainer.Name, trainer.Learner.ToString(), string.Join(", ", trainer.Objectives));
                }
            }

            context.Console.Write(table);
            return ExitCode.Done;
        });
    }
}
