using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Predictive.Acting.Lists;

/// <summary>A list as a mail with two sheets, handed over by SMTP.</summary>
internal static class ListMail
{
    private const string Sheet = "vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    /// <summary>The same list for the same time has the same Message-ID, whoever sends it and however often.</summary>
    public static string MessageId(string list, string due, string from)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{list}|{due}")))[..32];
        return $"{hash}@{MailboxAddress.Parse(from).Domain}";
    }

    public static MimeMessage Of(ArrivingList list, MailServer server, IReadOnlyList<string> to, string messageId)
    {
        var body = new BodyBuilder
        {
            TextBody = string.Join('\n', list.Words()) + "\n\nFill in contacted_on and outcome in the sheet, and send it back.\n",
        };
        using var rows = new MemoryStream();
        list.Write(rows, "xlsx");
        body.Attachments.Add($"{list.Name} {list.AsOf}.xlsx", rows.ToArray(), new ContentType("application", Sheet));
        if (list.Left.Count > 0)
        {
            using var left = new MemoryStream();
            list.WriteLeft(left, "xlsx");
            body.Attachments.Add($"{list.Name} {list.AsOf}, who left it.xlsx", left.ToArray(), new ContentType("application", Sheet));
        }

        var message = new MimeMessage
        {
            Subject = string.Create(CultureInfo.InvariantCulture, $"{list.Name}: {list.Rows.Count:N0} customers as of {list.AsOf}"),
            MessageId = messageId, Body = body.ToMessageBody(),
        };
        message.From.Add(MailboxAddress.Parse(server.From));
        message.To.AddRange(to.Select(MailboxAddress.Parse));
        return message;
    }

    /// <summary>Hands a mail over; with a cause in words where that fails for certain.</summary>
    /// <exception cref="MailDoubtException">It broke off after the server had the message: it may have been sent.</exception>
    public static async Task<string?> Send(
        MimeMessage message, MailServer server, Func<string, string?> secretOf, Func<ISmtpClient> client, CancellationToken cancellation)
    {
        using ISmtpClient smtp = client();
        try
        {
            SecureSocketOptions security = server.Tls ? SecureSocketOptions.SslOnConnect
                : server.AllowPlain ? SecureSocketOptions.StartTlsWhenAvailable
                : SecureSocketOptions.StartTls;
            await smtp.ConnectAsync(server.Host, server.Port, security, cancellation);
            if (server.User is { } user)
            {
                await smtp.AuthenticateAsync(user, secretOf(server.PasswordVariable!) ?? "", cancellation);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return e switch
            {
                AuthenticationException => "the mail server refused the account",
                SslHandshakeException => "the mail server's certificate is not trusted",
                NotSupportedException => "the mail server knows no STARTTLS, and mail is not handed over in the clear",
                _ => "the mail server cannot be reached",
            };
        }

        try
        {
            await smtp.SendAsync(message, cancellation);
        }
        catch (SmtpCommandException e)
        {
            return $"the mail server refused the mail ({(int)e.StatusCode})";
        }
        catch (Exception e) when (e is IOException or SmtpProtocolException or ServiceNotConnectedException or OperationCanceledException)
        {
            throw new MailDoubtException(e);
        }

        try
        {
            await smtp.DisconnectAsync(true, cancellation);
        }
        catch (Exception)
        {
            // It was accepted: how the connection ends says nothing more.
        }

        return null;
    }
}

/// <summary>The connection broke while a mail was handed over: nobody knows whether it was taken.</summary>
internal sealed class MailDoubtException(Exception inner) : Exception("the connection broke while the mail was handed over", inner);
