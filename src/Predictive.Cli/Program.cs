Console.Error.WriteLine("predictive: no verb is built in yet.");
return 2;
