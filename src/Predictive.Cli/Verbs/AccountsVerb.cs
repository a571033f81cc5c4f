using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.History.Loading;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive accounts DIR [ACCOUNT]</c>: the accounts of a dataset, or the people of one, with what each spent.</summary>
internal static class AccountsVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        var account = new Argument<string?>("ACCOUNT")
        {
            Description = "One account: its people with their share.", DefaultValueFactory = _ => null, Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> asOf = CommonOptions.AsOf();
        Option<int> top = CommonOptions.Top("Accounts to show, by what they spent.", 20);
        Option<bool> json = CommonOptions.Json();
        var command = new Command("accounts", "Who belongs to which account, and who of them spends how much.")
        {
            dataset, account, asOf, top, json,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(dataset);
            (TransactionHistory history, AccountPeople people) = WorkProgress.Run(context.Console, progress =>
            {
                TransactionHistory loaded = DatasetAccess.Load(path, progress, cancellation, level: CustomerLevel.Account);
                return (loaded, AccountPeople.Load(path, loaded.Accounts!, cancellation));
            });
            LocalTime at = DatasetAccess.AsOfFor(history, parsed.GetValue(asOf), context);
            return parsed.GetValue(account) is { } one
                ? ShowPeople(context.Console, one, Known(one, history, people, at), at, parsed.GetValue(json))
                : ShowAccounts(context.Console, history, people, at, parsed.GetValue(top), parsed.GetValue(json));
        });
    }

    private static IReadOnlyList<AccountPerson> Known(string id, TransactionHistory history, AccountPeople people, LocalTime asOf)
    {
        if (people.Of(id, asOf) is { Count: > 0 } theirs)
        {
            return theirs;
        }

        throw new RefusedInputException(
            history.Accounts!.Holds(id)
                ? $"'{id}' is one of the people of the account '{history.Accounts.AccountOf(id)}'; expected an account. Ask for that."
                : history.Accounts.IsAccount(id)
                    ? $"The account '{id}' lies below another and counts towards it, or has nobody; expected a topmost account."
                    : $"There is no account '{id}' in the dataset. 'predictive accounts DIR' lists them.");
    }

    private static int ShowPeople(UserConsole console, string account, IReadOnlyList<AccountPerson> people, LocalTime asOf, bool json)
    {
        if (json)
        {
            console.WriteJson(new { Account = account, AsOf = asOf.ToString(), People = people.Select(Row) });
            return ExitCode.Done;
        }

        console.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{account}: {people.Count:N0} people, {people.Sum(p => p.Orders):N0} orders, "
                + $"{Cents.Of(people.Sum(p => p.Net)):N2} spent before {asOf}"));
        Table table = UserConsole.NewTable("person", ">orders", ">spent", ">share", ">last order");
        foreach (AccountPerson p in people)
        {
            table.AddRow(
                Markup.Escape(p.CustomerId), N(p.Orders), Money(p.Net), Share(p.Share),
                p.LastOrder is { } last ? $"{last}"[..10] : "never");
        }

        console.Write(table);
        return ExitCode.Done;
    }

    private static int ShowAccounts(
        UserConsole console, TransactionHistory history, AccountPeople people, LocalTime asOf, int top, bool json)
    {
        var accounts = history.Columns.CustomerIds.Where(history.Accounts!.IsAccount).Select(id => (Id: id, People: people.Of(id, asOf)))
            .Select(a => (
                a.Id, People: a.People.Count, Orders: a.People.Sum(p => p.Orders), Net: Cents.Of(a.People.Sum(p => p.Net)),
                Largest: a.People.Count == 0 ? null : a.People[0].Share))
            .OrderByDescending(a => a.Net).ThenBy(a => a.Id, StringComparer.Ordinal).ToArray();
        if (json)
        {
            console.WriteJson(new
            {
                AsOf = asOf.ToString(), Accounts = accounts.Length, Customers = history.CustomerCount,
                Largest = accounts.Take(top).Select(a => new { a.Id, a.People, a.Orders, a.Net, LargestShare = a.Largest }),
            });
            return ExitCode.Done;
        }

        console.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{accounts.Length:N0} accounts and {history.CustomerCount - accounts.Length:N0} people in none, who have ordered; "
                + $"as of {asOf}"));
        Table table = UserConsole.NewTable("account", ">people", ">orders", ">spent", ">largest share");
        foreach (var a in accounts.Take(top))
        {
            table.AddRow(Markup.Escape(a.Id), N(a.People), N(a.Orders), Money(a.Net), Share(a.Largest));
        }

        console.Write(table);
        return ExitCode.Done;
    }

    private static object Row(AccountPerson p) => new { p.CustomerId, p.Orders, p.Net, p.Share, LastOrder = p.LastOrder?.ToString() };

    private static string N(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Money(double net) => net.ToString("N2", CultureInfo.InvariantCulture);

    private static string Share(double? share) => share?.ToString("P0", CultureInfo.InvariantCulture) ?? "";
}
