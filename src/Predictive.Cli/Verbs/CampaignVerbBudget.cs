using System.CommandLine;
using System.Globalization;
using Predictive.Acting.Budgets;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Uplift;
using Predictive.Cli.Terminal;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive campaign budget DIR --budget 10000</c>: whom to spend it on, and what one more would bring.</summary>
internal static class CampaignVerbBudget
{
    public static Command Create(VerbContext context)
    {
        var command = new Command(
            "budget", "Split a budget over groups of customers, and over keeping against winning, by what the next unit of money brings.");
        ActingArguments.Base own = ActingArguments.Base.AddTo(command);
        var budget = new Option<double>("--budget") { Description = "Money to be spent.", HelpName = "MONEY", Required = true };
        var preset = new Option<string?>("--preset")
        {
            Description = "How keeping and winning share it: a preset of budget.json, such as mature, growing or free.",
        };
        var capacity = new Option<int?>("--capacity") { Description = "Contacts that can be made in all.", HelpName = "N" };
        var assumed = new Option<bool>("--assumed")
        {
            Description = "Effects of contacts as budget.json assumes them, whatever campaigns measured.",
        };
        Option<bool> json = CommonOptions.Json();
        foreach (Option option in new Option[] { budget, preset, capacity, assumed, json })
        {
            command.Add(option);
        }

        return command.Does(context, (parsed, cancellation) =>
        {
            double money = parsed.GetValue(budget);
            if (!(money > 0 && double.IsFinite(money)))
            {
                throw new RefusedInputException($"--budget is {money}; expected an amount of money above 0.");
            }

            if (parsed.GetValue(capacity) < 1)
            {
                throw new RefusedInputException($"--capacity is {parsed.GetValue(capacity)}; expected 1 or more.");
            }

            BudgetSettings settings = BudgetSettings.For(parsed.GetRequiredValue(own.Dataset));
            (_, ScoreTable scores) = own.Score(parsed, context, cancellation);
            string location = StoreAccess.Location(parsed.GetValue(own.Store), parsed.GetRequiredValue(own.Models));
            MeasuredEffect? measured = parsed.GetValue(assumed) || !StoreDatabase.Exists(location)
                ? null
                : MeasuredEffects.Of(own.Open(parsed, context), scores, Engines.Get(null), cancellation);
            BudgetSplit split = BudgetSplit.Of(
                money, scores, settings, parsed.GetValue(preset), measured, parsed.GetValue(capacity));
            IReadOnlyList<string> words = BudgetWords.Of(split);
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new { AsOf = scores.AsOf.ToString(), Model = scores.Stamp, Split = split, Words = words });
                return ExitCode.Done;
            }

            Show(context.Console, split, words);
            return ExitCode.Done;
        });
    }

    private static void Show(UserConsole console, BudgetSplit split, IReadOnlyList<string> words)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        console.Heading(string.Create(
            c,
            $"{split.Spent:N0} of {split.Budget:N0} spent, {split.KeepShare:P0} of it on keeping; expected profit {split.Profit:N0}"));
        Table table = UserConsole.NewTable(
            "", split.By, ">customers", ">contacts", ">spent", ">brings", ">profit", ">last one brought", "effect of a contact");
        foreach (BudgetLine line in split.Lines)
        {
            table.AddRow(
                line.Side, Markup.Escape(line.Group), line.Customers.ToString("N0", c), line.Contacts.ToString("N0", c),
                line.Spent.ToString("N0", c), line.Brings.ToString("N0", c), line.Profit.ToString("N0", c),
                line.LastReturn?.ToString("0.00", c) ?? "", Markup.Escape(line.Effect));
        }

        console.Write(table);
        foreach (string sentence in words)
        {
            console.Line(sentence);
        }
    }
}
