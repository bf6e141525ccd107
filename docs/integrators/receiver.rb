# A receiver of Moderato's callbacks that verifies their signature: `SECRET=whsec_… ruby receiver.rb PORT`.

require "json"
require "openssl"
require "socket"

SECRET = ENV.fetch("SECRET").delete_prefix("whsec_").unpack1("m")
abort "SECRET is empty" if SECRET.empty?

def genuine?(headers, body)
  sent_at = headers["webhook-timestamp"].to_s
  signed = "#{headers["webhook-id"]}.#{sent_at}.".b + body
  expected = "v1,#{[OpenSSL::HMAC.digest("sha256", SECRET, signed)].pack("m0")}"
  recent = sent_at.match?(/\A[0-9]{1,12}\z/) && (Time.now.to_i - sent_at.to_i).abs < 300
  recent && headers["webhook-signature"].to_s.split(" ").any? { |given| OpenSSL.secure_compare(expected, given) }
end

$stdout.sync = true
server = TCPServer.new("127.0.0.1", Integer(ARGV.first))
loop do
  Thread.start(server.accept) do |client|
    _request, *lines = client.each_line(chomp: true).take_while { |line| !line.empty? }
    headers = lines.to_h { |line| line.partition(/:\s*/).values_at(0, 2) }.transform_keys(&:downcase)
    size = headers["content-length"].to_s
    body = size.match?(/\A[0-9]{1,7}\z/) ? client.read(size.to_i).to_s : ""
    accepted = genuine?(headers, body)
    client.write("HTTP/1.1 #{accepted ? "204 No Content" : "401 Unauthorized"}\r\nConnection: close\r\n\r\n")
    event = JSON.parse(body) if accepted
    puts "#{event["type"]} #{event.dig("data", "comment_id")}" if accepted
  ensure
    client.close
  end
end
