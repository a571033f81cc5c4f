using System.CommandLine;
using Predictive.Cli.Terminal;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Questions;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive ask "QUESTION" DIR</c>: a question in English or 中文, how it was understood, and its answer.</summary>
internal static class AskVerb
{
    public static Command Create(VerbContext context)
    {
        var question = new Argument<string>("QUESTION")
        {
            Description = "Such as \"revenue by channel in June\" or \"6月各渠道的销售额\".",
        };
        var command = new Command("ask", "Answers a question that the catalogue can answer, in English or 中文; says how it understood it.")
        {
            question,
        };
        MetricsVerbBase.Arguments arguments = MetricsVerbBase.AddTo(command);
        var reading = new Option<int?>("--reading") { Description = "Which of several readings is meant: 1, 2 ...", HelpName = "N" };
        Option<bool> json = CommonOptions.Json();
        command.Add(reading);
        command.Add(json);
        return command.Does(context, (parsed, cancellation) =>
        {
            QueryBase of = MetricsVerbBase.Open(arguments, parsed, context, cancellation).Base;
            UnderstoodQuestion understood = new QuestionReader(of).Read(parsed.GetRequiredValue(question));
            if (understood.Refusal is { } why)
            {
                throw new RefusedInputException(why);
            }

            int chosen = parsed.GetValue(reading) ?? (understood.Readings.Count == 1 ? 1 : 0);
            if (chosen < 1 || chosen > understood.Readings.Count)
            {
                throw new RefusedInputException(
                    "The question can mean several things; choose with --reading N:"
                        + string.Concat(understood.Readings.Select((r, i) => $"\n  {i + 1}: {r.Understood}")));
            }

            QuestionReading meant = understood.Readings[chosen - 1];
            if (meant.IsWhy)
            {
                ComparisonAnswer because = PeriodComparison.Run(of, meant.Query, cancellation: cancellation);
                Tell(meant, because, () => MetricsVerbWhy.Write(context.Console, because));
            }
            else
            {
                QueryAnswer answer = QueryRunner.Run(of, meant.Query, cancellation);
                Tell(meant, answer, () => MetricsVerb.Write(context.Console, answer));
            }

            return ExitCode.Done;

            void Tell<T>(QuestionReading how, T answer, Action write)
            {
                if (parsed.GetValue(json))
                {
                    context.Console.WriteJson(new { understood.Question, how.Understood, Answer = answer });
                    return;
                }

                context.Console.Line("understood: " + how.Understood);
                write();
            }
        });
    }
}
